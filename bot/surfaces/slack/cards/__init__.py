"""Cards: a draft as people in Slack see it, drawn from the bytes that will be sent."""
