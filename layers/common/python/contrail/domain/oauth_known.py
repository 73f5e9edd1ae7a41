"""The well-known login services, a row each. Which are on, and their ids, the settings say."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Known:
    """`setting` is the service's part of its settings' ids.

    Paths count from `base`, or from the setting that has one's own server; whole addresses stand
    for themselves. `username`, `email` and `real_name` say where the answer has them, as custom
    services' settings do. `emails` is where a list of addresses with `verified` is, `keys` where
    the keys of an `issuer` are. `custom` ones are what Rocket.Chat makes of its custom services.
    """

    setting: str
    service: str
    authorize: str
    token: str
    identity: str
    scope: str
    base: str = ""
    base_setting: str = ""
    emails: str = ""
    issuer: str = ""
    keys: str = ""
    identity_in_header: bool = True
    username: str = ""
    email: str = ""
    real_name: str = ""
    merges: bool = True
    trusted: bool = False
    custom: bool = False
    own_paths: bool = False


KNOWN = (
    Known(
        "Google",
        "google",
        authorize="https://accounts.google.com/o/oauth2/v2/auth",
        token="https://oauth2.googleapis.com/token",
        identity="https://openidconnect.googleapis.com/v1/userinfo",
        scope="openid email profile",
        issuer="https://accounts.google.com",
        keys="https://www.googleapis.com/oauth2/v3/certs",
    ),
    Known(
        "Github",
        "github",
        base="https://github.com",
        authorize="/login/oauth/authorize",
        token="/login/oauth/access_token",
        identity="https://api.github.com/user",
        emails="https://api.github.com/user/emails",
        scope="user:email",
    ),
    Known(
        "GitHub_Enterprise",
        "github_enterprise",
        base_setting="API_GitHub_Enterprise_URL",
        authorize="/login/oauth/authorize",
        token="/login/oauth/access_token",
        identity="/api/v3/user",
        emails="/api/v3/user/emails",
        scope="user:email",
        merges=False,
        custom=True,
    ),
    Known(
        "Gitlab",
        "gitlab",
        base="https://gitlab.com",
        base_setting="API_Gitlab_URL",
        authorize="/oauth/authorize",
        token="/oauth/token",
        identity="/api/v4/user",
        scope="read_user",
        merges=False,
        custom=True,
    ),
    Known(
        "Facebook",
        "facebook",
        authorize="https://www.facebook.com/v17.0/dialog/oauth",
        token="https://graph.facebook.com/v17.0/oauth/access_token",
        identity="https://graph.facebook.com/v17.0/me?fields=id,name,email,first_name,last_name",
        scope="email public_profile",
        trusted=True,
    ),
    Known(
        "Linkedin",
        "linkedin",
        base="https://www.linkedin.com",
        authorize="/oauth/v2/authorization",
        token="/oauth/v2/accessToken",
        identity="https://api.linkedin.com/v2/userinfo",
        scope="openid profile email",
        issuer="https://www.linkedin.com/oauth",
        keys="https://www.linkedin.com/oauth/openid/jwks",
    ),
    Known(
        "Meteor",
        "meteor-developer",
        base="https://www.meteor.com",
        authorize="/oauth2/authorize",
        token="/oauth2/token",
        identity="/api/v1/identity",
        scope="email",
    ),
    Known(
        "Apple",
        "apple",
        base="https://appleid.apple.com",
        authorize="/auth/authorize",
        token="/auth/token",
        identity="",
        scope="openid name email",
        issuer="https://appleid.apple.com",
        keys="https://appleid.apple.com/auth/keys",
    ),
    Known(
        "Nextcloud",
        "nextcloud",
        base_setting="Accounts_OAuth_Nextcloud_URL",
        authorize="/index.php/apps/oauth2/authorize",
        token="/index.php/apps/oauth2/api/v1/token",
        identity="/ocs/v2.php/cloud/user?format=json",
        scope="",
        username="ocs.data.id",
        email="ocs.data.email",
        real_name="ocs.data.displayname",
        merges=False,
        custom=True,
    ),
    Known(
        "Drupal",
        "drupal",
        base_setting="API_Drupal_URL",
        authorize="/oauth2/authorize",
        token="/oauth2/token",
        identity="/oauth2/UserInfo",
        scope="openid email profile offline_access",
        username="preferred_username",
        custom=True,
    ),
    Known(
        "Wordpress",
        "wordpress",
        base="https://public-api.wordpress.com",
        base_setting="API_Wordpress_URL",
        authorize="/oauth2/authorize",
        token="/oauth2/token",
        identity="/rest/v1/me",
        scope="auth",
        real_name="display_name",
        merges=False,
        custom=True,
        own_paths=True,
    ),
    Known(
        "Dolphin",
        "dolphin",
        base_setting="Accounts_OAuth_Dolphin_URL",
        authorize="/m/oauth2/auth/",
        token="/m/oauth2/token/",
        identity="/m/oauth2/api/me",
        scope="basic",
        merges=False,
        custom=True,
    ),
    Known(
        "Tokenpass",
        "tokenpass",
        base_setting="API_Tokenpass_URL",
        authorize="/oauth/authorize",
        token="/oauth/access-token",
        identity="/oauth/user",
        scope="user,tca,private-balances",
        merges=False,
        custom=True,
    ),
)
