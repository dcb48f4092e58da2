"""Addresses."""

from django.urls import path

from records import views

app_name = "records"
urlpatterns = [
    path("drafts/", views.draft, name="draft"),
    path("drafts/mine/", views.unfinished, name="unfinished"),
    path("drafts/discard/", views.discard, name="discard"),
    path("attachments/to/<slug:kind>/<slug:ref>/", views.attach, name="attach"),
    path("attachments/<uuid:uuid>/", views.attachment, name="attachment"),
    path("attachments/<uuid:uuid>/remove/", views.detach, name="detach"),
]
