"""Run Django's middleware chain on the view's thread."""


def in_one_thread(get_response):
    """Innermost middleware that keeps the whole chain on the thread of the view.

    It can do only synchronous calls, so Django keeps the whole chain synchronous and goes to a thread once. Otherwise
    each middleware that is not written for asyncio goes to a thread and back by itself: dearer than most views.
    """
    return get_response
