"""What the parts are worth, measured: the same briefs for every model, the same texts for every check."""
