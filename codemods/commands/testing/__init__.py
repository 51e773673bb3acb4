"""`codemods run --test`: which groups must be withheld so that a command still succeeds."""
