"""Reporting, and the moderation console."""

from contrail.shapes.rows import Listing, Method, Rest

SEES, ACTS = ("view-moderation-console",), ("manage-moderation-actions",)
REPORTS = Listing(sort=("ts",))

REST = (
    Rest("POST", "v1/chat.reportMessage", "reporting:report"),
    Rest("POST", "v1/moderation.reportUser", "reporting:report_user"),
    Rest(
        "GET",
        "v1/moderation.reportsByUsers",
        "moderating:by_users",
        permissions=SEES,
        listing=REPORTS,
    ),
    Rest(
        "GET",
        "v1/moderation.userReports",
        "moderating:of_people",
        permissions=SEES,
        listing=REPORTS,
    ),
    Rest(
        "GET",
        "v1/moderation.user.reportedMessages",
        "moderating:reported_messages",
        permissions=SEES,
        listing=REPORTS,
    ),
    Rest(
        "GET",
        "v1/moderation.user.reportsByUserId",
        "moderating:reports_of_user",
        permissions=SEES,
        listing=REPORTS,
    ),
    Rest(
        "GET",
        "v1/moderation.reports",
        "moderating:reports_of_message",
        permissions=SEES,
        listing=REPORTS,
    ),
    Rest("GET", "v1/moderation.reportInfo", "moderating:report_info", permissions=SEES),
    Rest(
        "POST",
        "v1/moderation.user.deleteReportedMessages",
        "moderating:delete_reported",
        permissions=ACTS,
    ),
    Rest("POST", "v1/moderation.dismissReports", "moderating:dismiss", permissions=ACTS),
    Rest("POST", "v1/moderation.dismissUserReports", "moderating:dismiss_user", permissions=ACTS),
)

METHODS = (Method("reportMessage", "reporting:report_method", ("messageId", "description")),)
