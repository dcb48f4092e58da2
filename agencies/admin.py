"""Django's admin for installation administrators: agencies, memberships, people, partners."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from allauth.account import admin as address_admin
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import ForeignKey, ManyToManyField
from django.forms import ModelChoiceField, ModelForm, ModelMultipleChoiceField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from agencies import members
from agencies.choices import ManyField, is_id
from agencies.models import Agency, Holiday, Membership, Partner, User

admin.site.site_header = _("Lindero administration")
admin.site.site_title = _("Lindero administration")
admin.site.index_title = _("What needs looking after")
# Rights come from memberships; Django's groups would be a second way to hand them out.
admin.site.unregister(Group)
# The address of somebody is kept with the person; allauth's own would be a second one.
admin.site.unregister(address_admin.EmailAddress)


class SuggestingSelect(AutocompleteSelect):
    """A select box of Django's admin that suggests; what can be no id is shown as not chosen."""

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> Any:
        # Django looks up whatever arrived, before and after the field refuses it.
        return super().optgroups(name, [one for one in value if is_id(one)], attr)


class ChoosingAdmin(admin.options.BaseModelAdmin):
    """Refuses references that lead nowhere beside their field, whatever was sent."""

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = SuggestingSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(
        self, db_field: ManyToManyField[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelMultipleChoiceField | None:
        return super().formfield_for_manytomany(db_field, request, form_class=ManyField, **kwargs)


class KeptAdmin(ChoosingAdmin, admin.ModelAdmin):
    """For what history keeps pointing to: it is switched off, never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class PersonCreationForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name")


class PersonChangeForm(UserChangeForm):
    class Meta:
        model = User
        fields = ("email", "name", "language", "theme", "is_staff", "blocked")

    by: User | None = None
    """Who fills the form in."""

    def clean_blocked(self) -> bool:
        blocked: bool = self.cleaned_data["blocked"]
        if blocked and self.instance == self.by:
            raise ValidationError(_("You cannot switch off your own account."))
        return blocked


class MembershipForm(ModelForm):
    """A membership stays of one person in one agency; another one is another membership."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in {"user", "agency"} & self.fields.keys():
                self.fields[name].disabled = True


class MembershipInline(ChoosingAdmin, admin.TabularInline):
    model = Membership
    form = MembershipForm
    extra = 0
    can_delete = False
    autocomplete_fields = ("agency", "user")


class WithMembersAdmin(KeptAdmin):
    """Memberships are given on the page of a person or an agency, too."""

    inlines: ClassVar[tuple[type[admin.TabularInline], ...]] = (MembershipInline,)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        for saved in (*formset.new_objects, *(row for row, _names in formset.changed_objects)):
            if isinstance(saved, Membership):
                members.let_in(saved)


@admin.register(User)
class PersonAdmin(WithMembersAdmin, UserAdmin):
    form = PersonChangeForm
    add_form = PersonCreationForm
    list_display = ("name", "email", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "blocked", "is_staff", "memberships__agency", "memberships__role")
    search_fields = ("name", "email")
    ordering = ("name",)
    filter_horizontal = ()
    readonly_fields = ("is_active", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        (_("Preferences"), {"fields": ("language", "theme")}),
        (_("Access"), {"fields": ("is_staff", "blocked", "is_active")}),
        (_("Times"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("email", "name", "usable_password", "password1", "password2"),
            },
        ),
    )

    def get_form(
        self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm]:
        form = super().get_form(request, obj, change=change, **kwargs)
        # A class of this request's own.
        return type(form.__name__, (form,), {"by": request.user})

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        obj.is_superuser = obj.is_staff
        if "blocked" in form.changed_data:
            obj.is_active = not obj.blocked
        super().save_model(request, obj, form, change)
        # allauth keeps addresses of its own: a former one must not open the account any more.
        EmailAddress.objects.filter(user=obj).exclude(email__iexact=obj.email).delete()


class HolidayInline(admin.TabularInline):
    model = Holiday
    extra = 0


@admin.register(Agency)
class AgencyAdmin(WithMembersAdmin):
    list_display = ("name", "code", "kind", "country", "parent", "active")
    list_filter = ("active", "kind")
    list_select_related = ("parent",)
    search_fields = ("name", "code", "acronym")
    autocomplete_fields = ("parent",)
    inlines = (HolidayInline, MembershipInline)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Agency | None = None
    ) -> tuple[str, ...]:
        """References begin with the code, so it stays once it is given."""
        return ("code",) if obj else ()


@admin.register(Membership)
class MembershipAdmin(KeptAdmin):
    form = MembershipForm
    list_display = ("user", "agency", "role", "active", "created_at")
    list_filter = ("role", "active", "agency")
    list_select_related = ("user", "agency")
    search_fields = ("user__name", "user__email", "agency__name", "agency__code")
    autocomplete_fields = ("user", "agency")

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        members.let_in(obj)


@admin.register(Partner)
class PartnerAdmin(KeptAdmin):
    list_display = ("name", "code", "kind", "historical")
    list_filter = ("kind", "historical")
    search_fields = ("name", "code")
    filter_horizontal = ("members",)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Partner | None = None
    ) -> tuple[str, ...]:
        """Addresses and saved filters carry the code, so it stays once it is given."""
        return ("code", "kind") if obj else ()
