"""The stock changelist twice: with a count beside every choice of its filters, and without."""

from django.contrib import admin
from django.urls import path

from benchmarks.plain_admin.models import Lesson


class LessonAdmin(admin.ModelAdmin):
    list_display = ("ref", "title", "status", "category", "priority", "tlp", "agency", "dated_on")
    list_filter = ("agency", "status", "tlp", "category", "partners", "themes")
    list_select_related = ("agency",)
    list_per_page = 25
    search_fields = ("title", "observation", "discussion", "conclusion", "recommendation")
    ordering = ("-dated_on", "-id")
    show_facets = admin.ShowFacets.ALWAYS


class LessonAdminWithoutFacets(LessonAdmin):
    show_facets = admin.ShowFacets.NEVER


with_facets = admin.AdminSite("facets")
with_facets.register(Lesson, LessonAdmin)
without_facets = admin.AdminSite("bare")
without_facets.register(Lesson, LessonAdminWithoutFacets)

urlpatterns = [
    path("facets/", with_facets.urls),
    path("bare/", without_facets.urls),
]
