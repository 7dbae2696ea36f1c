"""Run patrols that fetch and judge pictures: shares of several patrols, limits per host, news, tidying.

Patrols do not decide who may see a picture.
"""
