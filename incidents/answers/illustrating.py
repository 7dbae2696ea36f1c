"""Store pictures of pages. A draft keeps the key of its picture; everybody sees it once the page is public."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from incidents import access
from incidents.models import Answer, AnswerPicture, AnyUser, User
from incidents.photos import Picture, random_file_name


@contextmanager
def storing_picture(picture: Picture, *, by: User) -> Iterator[AnswerPicture]:
    """Store a picture and yield its row; the files are deleted if the row, or what follows, fails."""
    row = AnswerPicture(width=picture.width, height=picture.height, by=by)
    files = []
    try:
        for file, data, ending in ((row.large, picture.large, ".jpg"), (row.small, picture.small, "-s.jpg")):
            file.save(random_file_name(ending), ContentFile(data), save=False)
            files.append(file)
        row.save(force_insert=True)
        yield row
    except BaseException:
        for file in files:
            file.storage.delete(str(file.name))
        raise


def fault_of_picture(picture: Picture) -> str:
    return _("This is a video. Choose a picture.") if picture.video else ""


def may_see_picture(user: AnyUser, picture: AnswerPicture) -> bool:
    """Whether it stands on a public page, or in a version that this person writes or agrees to."""
    if Answer.objects.public().filter(picture=picture).exists():
        return True
    versions = access.answer_versions_for(user, "write") | access.answer_versions_for(user, "approve")
    return versions.filter(content__picture=str(picture.pk)).exists()
