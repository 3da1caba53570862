"""Group robots of DingTalk, WeCom and Feishu, spoken to directly.

apprise knows them, but takes an HTTP 200 for delivered: these robots answer 200 also when they refuse, and say so in the
body. A page that a robot refused must go on to the next contact, so there is one channel for each here.
"""
