"""Published facts, what is learned from them, and whether it holds."""
