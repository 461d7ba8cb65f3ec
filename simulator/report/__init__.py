"""Reports for decision makers, built from the results of the other modules.

`build` makes reports from scenarios in three steps, each with its own modules:

1. `study` runs all analyses of a scenario once and keeps their results.
2. `single` and `comparison` convert them into a `content.Report`: sections with paragraphs, tables, figures and footnotes. The
   sections of `single` are in `sections/`. Every number is stored twice: rounded for the page, unrounded for the data files.
3. `pages` writes the report as HTML or Markdown, `sheets` writes its tables as CSV and one workbook, and `folder` writes all of
   it atomically as one folder.

The package never reads the clock: the same inputs give the same bytes. A date is shown only if the caller passes one.
"""
