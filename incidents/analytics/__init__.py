"""Figures for people: the leader's overview, the public statistics, the oversight of deadlines, open data.

Reads what happened; changes nothing.
"""
