"""The pass over one file's tree: what is recorded on the way, construct by construct."""
