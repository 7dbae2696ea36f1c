from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cameras", "0026_a_time_in_which_nobody_looked_is_told"),
    ]

    operations = [
        migrations.CreateModel(
            name="DeadShift",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=20, unique=True)),
                ("heard_at", models.DateTimeField(help_text="When it was heard of last")),
            ],
        ),
    ]
