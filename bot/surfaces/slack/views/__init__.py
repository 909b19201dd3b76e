"""Forms: one file a callback_id; view() builds it, faults() answers at once, submitted() does the work."""
