"""Excel workbooks: summary, inputs, a model of live formulas, cash flow, risks, scenarios and all tables of a result.

`build` combines the sheets, one module each, on `book`, which holds the look of all. `tables_of_results` and
`tables_of_reports` say which tables there are; `kinds` says how numbers are shown.
"""

from simulator.report.workbook.build import Subject as Subject
from simulator.report.workbook.build import report_workbook as report_workbook
from simulator.report.workbook.build import result_workbook as result_workbook
from simulator.report.workbook.build import subject_of as subject_of
