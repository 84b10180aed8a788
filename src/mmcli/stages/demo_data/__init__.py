"""`demo-data`: write the keypad data set."""
