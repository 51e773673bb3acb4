"""What a person types: each command parses, calls the rooms behind it, and shows the result."""
