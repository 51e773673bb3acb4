"""Many repositories: lists, clones, jobs, the journal, and what came of them."""
