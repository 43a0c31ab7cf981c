"""Articles in plain text: a pasted message, a text file, the text of a PDF."""
