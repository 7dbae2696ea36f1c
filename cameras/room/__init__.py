"""Run the control room: claims on incidents, its log, its acts, and the hand-over of a shift."""
