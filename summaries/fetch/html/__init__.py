"""Articles in HTML: text, title, date, author and outlet of a page."""
