"""What the mail service answers, and the queue of mail that everyone fills."""

from contrail.shapes.rows import Consumer, Limit, Method, Refusal, Rest, Table

TABLE = Table(
    service="mail",
    rest=(
        Rest("GET", "v1/smtp.check", "testing:check"),
        Rest("POST", "v1/mailer", "mailer:send", permissions=("send-mail",)),
        Rest("POST", "v1/mailer.unsubscribe", "mailer:unsubscribe"),
    ),
    methods=(
        Method("sendSMTPTestEmail", "testing:send", limit=Limit(1, 1000)),
        Method(
            "Mailer.sendMail",
            "mailer:send_method",
            ("from", "subject", "body", "dryrun", "query"),
            refuses=(Refusal.not_allowed("send-mail", "Mailer.sendMail"),),
        ),
        Method(
            "Mailer:unsubscribe",
            "mailer:unsubscribe_method",
            ("_id", "createdAt"),
            public=True,
            idempotent=True,
        ),
    ),
    consumers=(Consumer("mails", "sending:send"),),
)
