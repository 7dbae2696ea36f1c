"""Pages for leaders and supervisors: figures, directives, oversight of deadlines."""
