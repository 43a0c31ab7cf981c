"""One module per command family; thin: parse, call a use case, render."""
