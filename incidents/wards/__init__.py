"""What everybody may know of a ward: its figures, what is due today, how quick it is, who answers, its office.

Everything is read through `public_map.published_incidents`. The pages are `incidents/views/public/wards.py`.
"""
