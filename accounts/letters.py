"""What we write to people, in both languages of the pages: a mailbox does not say which one its owner reads. Pure."""

from accounts.mail import Letter


def reset_letter(to: str, name: str, link: str, minutes: int) -> Letter:
    return Letter(
        to,
        "Ringside: a new password / 重设密码",
        f"{name},\n\n"
        "somebody, probably you, has asked for a new password for your Ringside account. Choose it here, within "
        f"{minutes} minutes:\n\n{link}\n\n"
        "It works once and ends every sign-in of your account. If it was not you, do nothing: your password stays.\n\n"
        f"有人（应该是您本人）请求重设您的 Ringside 密码。请在 {minutes} 分钟内打开上面的链接设置新密码。"
        "链接只能使用一次，之后您的所有登录都会结束。如果不是您本人操作，请忽略此邮件，密码不会改变。\n",
    )


def confirmation_letter(to: str, name: str, link: str, hours: int) -> Letter:
    return Letter(
        to,
        "Ringside: is this your address? / 确认邮箱",
        f'Somebody, probably you, has entered this address for the Ringside account "{name}". If it is yours, '
        f"confirm it here, within {hours} hours:\n\n{link}\n\n"
        "If you have no account of this name, do nothing: without this link the address counts for nobody.\n\n"
        f"有人为 Ringside 账号“{name}”填写了这个邮箱。如果是您本人，请在 {hours} 小时内打开上面的链接确认。"
        "如果不是，请忽略此邮件。\n",
    )
