# The error page.

error-service = Signing in to { $service }
error-ways = What you can do
error-home = Back to the home page
error-again = Try again
error-still = If that does not help
error-call-write = Call { $phone } or write to { $email }. Just tell us the incident number, it lets us find everything.
error-call = Call { $phone }. Just tell us the incident number, it lets us find everything.
error-write = Write to { $email }. Just give the incident number, it lets us find everything.
error-tell = Contact your town hall. Just tell them the incident number, it lets us find everything.
error-incident = Incident number
error-kind = Error code
error-when = When
error-protocol = Protocol error
error-details = Details for technical support

# Errors that any page can have: the title, what happened, what support does about it.

err-web-400-title = We do not understand the request
err-web-400-what = The link or form did not reach us complete. Go back one step and try again.
err-web-400-help = The address or form holds a value that the program cannot read. Find out where the link comes from; the reason is in the log under the incident number.

err-web-403-title = For security reasons we did not accept the form
err-web-403-what = It did not come from a page of ours opened in this browser. Open the page again and send the form once more.
err-web-403-help = The form came from another site, or the session ended meanwhile. If everybody meets this, check that the proxy passes the Host and Origin headers on unchanged.

err-web-404-title = We do not have this page
err-web-404-what = The address may contain a typing error, or the page is gone.
err-web-404-help = There is nothing at this address. Ask where the link comes from and correct it there.

err-web-405-title = The page cannot be opened this way
err-web-405-what = This page only appears when a form is sent. Please start from the home page.
err-web-405-help = The address does not know the HTTP method used. Most often it is a reloaded or bookmarked page that a form had produced.

err-web-408-title = It took too long
err-web-408-what = We could not finish the request in time. Check your connection and try again.
err-web-408-help = The request did not arrive whole, or the program could not answer in time. If it happens again, look at the load of the server and the database.

err-web-413-title = You are sending too much data
err-web-413-what = The data is larger than we may accept. Shorten it and try again.
err-web-413-help = The body of the request exceeded the permitted size.

err-web-415-title = We do not accept this kind of data
err-web-415-what = The data came in a form that this address cannot process. Go back one step and try again.
err-web-415-help = The request has a content type that the address does not read. For a connected service, correct its Content-Type header.

err-web-429-title = You are trying too often
err-web-429-what = Please wait a few minutes and try again.
err-web-429-help = Too many requests came from one place. The limit lifts by itself.

err-web-500-title = Something went wrong on our side
err-web-500-what = It is not your fault. Please try again in a moment.
err-web-500-help = A fault of the program. The cause is in the log under the incident number; pass it on to the administrator.

err-web-503-title = We cannot answer right now
err-web-503-what = A part of the system is down. Please try again in a few minutes.
err-web-503-help = The database, or another part that the program cannot work without, does not answer. Look at the address /readyz.
