from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cameras", "0021_a_source_is_down_by_what_all_patrols_found")]

    operations = [
        migrations.AddField(
            model_name="camera",
            name="refused",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Whether the last try was refused, by its server or by our rules; "
                "that says nothing of its source",
            ),
        ),
        migrations.AlterField(
            model_name="spell",
            name="why",
            field=models.CharField(
                choices=[
                    ("seen", "A picture of the street came"),
                    ("Silent", "It takes the call and says nothing"),
                    ("TooSlow", "The picture was not complete in time"),
                    ("Unreachable", "Nobody answers at its address"),
                    ("Forbidden", "Its address is not one where a camera may be"),
                    ("Refused", "It refuses us, or our name and password"),
                    ("BadAnswer", "Its server answers, but not with a picture"),
                    ("BrokenOff", "The answer broke off in the middle"),
                    ("TooLarge", "The answer is larger than any picture should be"),
                    ("WebPage", "The answer is a web page"),
                    ("NotAPicture", "The answer is no picture"),
                    ("SourceDown", "No camera of its source can be reached"),
                    ("paused", "Paused in the register"),
                    ("look", "The picture itself shows it"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="nopicture",
            name="why",
            field=models.CharField(
                choices=[
                    ("unreachable", "no connection to the camera"),
                    ("silent", "the camera did not answer in time"),
                    ("forbidden", "its address is not an allowed one"),
                    ("refused", "its server refuses us, or our name and password"),
                    ("no_image", "what it sent was no whole picture"),
                    ("nothing", "it sent none at that moment"),
                    ("paused", "it is paused for privacy"),
                ],
                max_length=12,
            ),
        ),
    ]
