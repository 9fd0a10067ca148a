"""The grading engine: students' cells run in a box, graded tests outside it, in the judge.

`wire` is what crosses between them, `standin` what a test sees of a student's object.
"""
