"""Results as JSON, CSV and netCDF."""
