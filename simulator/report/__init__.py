"""A report that a board can read, made of what the other modules compute.

Three steps, each in files of its own:

1. `study` draws everything once for a scenario and keeps it as plain data.
2. `single` and `comparison` turn it into a `content.Report`: sections with paragraphs, tables, figures and footnotes; those of
   `single` are in `sections/`. Every number stands there twice, rounded for people and exact for the data files.
3. `pages` writes it as HTML or Markdown, `sheets` its tables as CSV and one workbook, `folder` all of it as one folder that is
   whole or not there.

There is no clock in here: the same inputs give the same bytes. A date is shown where the caller gives one.
"""
