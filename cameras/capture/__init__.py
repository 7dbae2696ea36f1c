"""Fetch pictures from cameras by HTTP and from streams; video is decoded in child processes with limited rights.

Cameras are untrusted: nothing that they send is believed. No database.
"""
