"""What `manage.py doctor` looks at: one function for each question, which gives findings in words and changes nothing.

`examine` runs them all. The functions ask services and settings; they know no command and print nothing.
"""
