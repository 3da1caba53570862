"""Reports: what an incident, a day or a week came to, counted from the views, as a page, a file, a PDF and as JSON."""
