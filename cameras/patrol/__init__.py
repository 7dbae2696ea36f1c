"""The walk from camera to camera: shares of several patrols, limits for hosts, what they tell, what they tidy.

Looks and keeps; who may see a picture is not its matter.
"""
