"""Compute figures for people: the leader's overview, public statistics, oversight of deadlines, open data.
Read-only.
"""
