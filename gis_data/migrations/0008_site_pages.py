import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("gis_data", "0007_contact"),
    ]

    operations = [
        migrations.AddField(
            model_name="city",
            name="site_pages",
            field=models.JSONField(
                blank=True,
                db_default=models.Value([], models.JSONField()),
                default=list,
                help_text="Which pages about this site there are (SitePage), so that a footer asks no table for them",
            ),
        ),
        migrations.CreateModel(
            name="SitePage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "slug",
                    models.SlugField(
                        help_text=(
                            "about, help, terms and accessibility have addresses of their own; others stand below "
                            "/about/"
                        ),
                        unique=True,
                        verbose_name="code",
                    ),
                ),
                ("title", models.CharField(max_length=100, verbose_name="title")),
                ("title_en", models.CharField(blank=True, max_length=100, verbose_name="title in English")),
                (
                    "text",
                    models.TextField(
                        help_text="## heading, ### smaller heading, - list, 1. numbered list, **bold**, [words](/help/)",
                        max_length=30000,
                        verbose_name="text",
                    ),
                ),
                ("text_en", models.TextField(blank=True, max_length=30000, verbose_name="text in English")),
                (
                    "changed_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="changed at"),
                ),
                (
                    "edited",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="Loading the city's files leaves it as it is",
                        verbose_name="edited here",
                    ),
                ),
            ],
            options={
                "verbose_name": "page about this site",
                "verbose_name_plural": "pages about this site",
                "ordering": ["slug"],
            },
        ),
    ]
