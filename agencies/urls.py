"""Addresses of people and agencies."""

from django.urls import path

from agencies import views

app_name = "agencies"
urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("members/", views.index, name="index"),
    path("members/<slug:code>/", views.member_list, name="members"),
    path("members/<slug:code>/settings/", views.settings, name="settings"),
    path("members/<slug:code>/<int:pk>/", views.member, name="member"),
]
