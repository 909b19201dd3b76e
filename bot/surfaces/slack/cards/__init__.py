"""Cards: a thing on the desk as people in Slack see it, drawn from what is stored; one file a kind of card."""
