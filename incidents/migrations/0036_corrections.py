"""Lines of history say that the place or the kind of an incident was corrected: two more kinds, for Django only."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0035_answers_of_calls"),
    ]

    operations = [
        migrations.AlterField(
            model_name="event",
            name="kind",
            field=models.CharField(
                choices=[
                    ("received", "Received"),
                    ("joined", "One more report joined"),
                    ("assigned", "Assigned"),
                    ("passed_on", "Passed on outside"),
                    ("accepted", "Accepted"),
                    ("begun", "Work has begun"),
                    ("asked", "The unit asks"),
                    ("answered", "The reporter answered"),
                    ("handed_over", "Handed over"),
                    ("handed_back", "Handed back"),
                    ("more_time", "More time asked for"),
                    ("extended", "More time granted"),
                    ("no_more_time", "More time refused"),
                    ("resolved", "Resolved"),
                    ("rejected", "Not accepted"),
                    ("confirmed", "The reporter confirmed it"),
                    ("closed", "Closed"),
                    ("disputed", "The reporter does not agree"),
                    ("upheld", "The reporter is right: reopened"),
                    ("overruled", "The result stands"),
                    ("rated", "Rated"),
                    ("reopened", "Reopened"),
                    ("redrawn", "Boundaries changed"),
                    ("restored", "Boundary change taken back"),
                    ("claimed", "Taken over by the neighbour"),
                    ("reminded", "Reminded"),
                    ("directed", "Directive"),
                    ("task_asked", "Another unit was asked for a part"),
                    ("task_done", "A part was answered"),
                    ("relocated", "The place was corrected"),
                    ("reclassified", "The kind of matter was corrected"),
                    ("given", "Given to a person"),
                    ("redated", "The deadline was calculated anew"),
                    ("graded", "The severity was changed"),
                    ("released", "Shown in public"),
                    ("hidden", "Taken out of the public"),
                    ("covered", "Parts were covered"),
                    ("erased", "Personal data were erased"),
                    ("evidence", "Camera pictures kept"),
                    ("pinned", "A picture was kept by hand"),
                    ("unpinned", "A picture is no longer kept by hand"),
                    ("exported", "Evidence was handed out"),
                    ("held", "Evidence must not be deleted"),
                    ("unheld", "Evidence may be deleted in its time"),
                    ("forgotten", "Evidence was deleted in its time"),
                    ("withdrawn", "Withdrawn by the reporter"),
                    ("note", "Note"),
                    ("viewed", "Contact looked at"),
                ],
                max_length=12,
            ),
        ),
    ]
