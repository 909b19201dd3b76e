"""Parts that adapters share; the folder listing that finds platforms does not look in here."""
