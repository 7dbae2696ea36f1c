from django.urls import path

from cameras import views

urlpatterns = [
    path("control/", views.control, name="control"),
    path("control/wall/", views.wall, name="wall"),
    path("cameras/<str:code>/now.jpg", views.picture, name="camera-picture"),
    path("cameras/near/<str:reference>/", views.nearby, name="cameras-nearby"),
    path("evidence/<int:pk>.jpg", views.evidence, name="evidence"),
]
