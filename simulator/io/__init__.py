"""Results as JSON, CSV and netCDF, and in words."""
