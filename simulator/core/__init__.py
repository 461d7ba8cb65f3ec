"""What every part relies on: errors, units, formatting, files, resources."""
