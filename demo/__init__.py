"""Demonstrate the service: invented incidents, drawn camera pictures, and an account for each role.

A production image does not hold this package, and nothing of the product imports it.
"""
