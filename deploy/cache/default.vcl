# A cache for all, between the proxy and the web servers: tiles and static files are made once and given to everybody.
# Everything else passes as it is. What is public says so itself (Cache-Control); who asks is not passed on with it.
#
# Tiles carry keys (Surrogate-Key). Whoever hears what changes (manage.py purge_cache) names them here, at the address
# "purge" that only machines inside reach; so tiles may be kept for minutes (Surrogate-Control). It is heard of every
# second: when it is silent, or says that it hears nothing itself, no tile is kept for longer than anybody may (docs/adr/0036).
#
#   varnishd -F -f default.vcl -a http=:8000,HTTP -a purge=:8001,HTTP -s malloc,512m
vcl 4.1;

import directors;
import std;
import var;
import xkey;

probe health {
    .url = "/healthz";
    .interval = 1s;
    .timeout = 5s;
    .window = 3;
    .threshold = 2;
    .initial = 2;
}

backend web {
    .host = "web";
    .port = "8000";
    .probe = health;
    .connect_timeout = 2s;
    .first_byte_timeout = 60s;
}

backend web2 {
    .host = "web2";
    .port = "8000";
    .probe = health;
    .connect_timeout = 2s;
    .first_byte_timeout = 60s;
}

sub vcl_init {
    new web_servers = directors.round_robin();
    web_servers.add_backend(web);
    web_servers.add_backend(web2);
}

# Whether somebody tells of changes just now.
sub note_silence {
    set req.http.X-Silent = "no";
    if (now - std.time(var.global_get("heard"), std.real2time(0, now)) > 5s) {
        set req.http.X-Silent = "yes";
    }
}

sub vcl_recv {
    call note_silence;
    if (local.socket == "purge") {
        if (req.method == "GET") {      # whether it is told of changes
            return (synth(204));
        }
        if (req.method != "PURGE") {
            return (synth(405));
        }
        set req.http.Dropped = xkey.purge(req.http.Purge-Keys);
        var.global_set("heard", now);
        if (req.http.Listening == "no") {   # it hears nothing itself
            var.global_set("heard", "");
        }
        return (synth(200));
    }
    if (req.method == "PURGE") {
        return (synth(405));
    }
    unset req.http.Dropped;
    set req.backend_hint = web_servers.backend();
    if (req.url == "/healthz") {    # without a web server the proxy need not ask here
        return (synth(200));
    }
    if (req.restarts == 0) {
        # Who asks stands there as the proxy wrote it, which goes on as it is: the last address there is believed.
        # Varnish has added the proxy's own.
        set req.http.X-Forwarded-For = regsub(req.http.X-Forwarded-For, "(^|, *)[^,]*$", "");
        if (req.http.X-Forwarded-For == "") {
            unset req.http.X-Forwarded-For;
        }
        unset req.http.X-Tile;
    }
    if (req.url ~ "^/(live|control/live)/") {
        return (pipe);
    }
    if (req.url !~ "^/(tiles|static)/" || (req.method != "GET" && req.method != "HEAD")) {
        return (pass);
    }

    # The same for everybody.
    unset req.http.Cookie;
    unset req.http.Authorization;
    set req.http.X-Tile = "yes";
    if (req.url ~ "^/tiles/(incidents|density)/" && req.http.X-Silent == "yes") {
        set req.ttl = 10s;
    }
    # An old one is given while a new one is made; or, asked again because no web server answers, a very old one.
    set req.grace = 10s;
    if (req.restarts > 0) {
        set req.grace = 10m;
    }
    return (hash);
}

sub vcl_pipe {
    # An event stream: as many lines as it has.
    set bereq.http.Connection = "close";
    unset bereq.http.X-Silent;
}

sub vcl_miss {
    if (req.restarts > 0) {
        return (synth(503));
    }
}

sub vcl_backend_fetch {
    if (bereq.http.X-Tile) {
        set bereq.first_byte_timeout = 7s;  # what is told of changes a last time comes later than that
    }
    unset bereq.http.X-Tile;
    unset bereq.http.X-Silent;
}

sub vcl_backend_response {
    if (beresp.status == 503 && bereq.retries == 0 && (bereq.method == "GET" || bereq.method == "HEAD")) {
        return (retry);     # one that is about to stop; a report is never sent twice
    }
    if (bereq.uncacheable) {
        return (deliver);
    }
    if (beresp.status >= 500) {
        return (abandon);
    }
    if (beresp.status != 200 || beresp.http.Set-Cookie || beresp.http.Cache-Control !~ "public" ||
        beresp.http.Cache-Control ~ "private|no-store") {
        set beresp.uncacheable = true;
        set beresp.ttl = 10s;
        return (deliver);
    }
    if (beresp.http.Surrogate-Control ~ "max-age=[0-9]+") {
        set beresp.ttl = std.duration(regsub(beresp.http.Surrogate-Control, ".*max-age=([0-9]+).*", "\1s"), 10s);
    }
    set beresp.grace = 10m;
    set beresp.http.Vary = "Accept-Encoding";
    if (bereq.url ~ "^/static/") {
        set beresp.http.xkey = "static";
    } else {
        set beresp.http.xkey = beresp.http.Surrogate-Key;
    }
    unset beresp.http.Surrogate-Key;
    return (deliver);
}

sub vcl_backend_error {
    if (bereq.retries == 0 && (bereq.method == "GET" || bereq.method == "HEAD")) {
        return (retry);
    }
    if (!bereq.uncacheable) {
        return (abandon);
    }
}

sub vcl_synth {
    if (req.url == "/healthz" && !std.healthy(req.backend_hint)) {
        set resp.status = 503;
    }
    if (resp.status == 204 && req.http.X-Silent == "yes") {
        set resp.status = 503;
    }
    if (resp.status == 503 && req.http.X-Tile && req.restarts == 0) {
        return (restart);
    }
    if (req.http.Dropped) {
        set resp.http.Dropped = req.http.Dropped;
    }
    set resp.body = "";
    return (deliver);
}

sub vcl_deliver {
    # Here nobody could have had a newer one: a browser may keep it from now on as long as it says.
    if (resp.http.Surrogate-Control) {
        unset resp.http.Age;
    }
    unset resp.http.Surrogate-Control;
    unset resp.http.Surrogate-Key;
    unset resp.http.xkey;
    unset resp.http.Via;
    unset resp.http.X-Varnish;
    if (req.http.X-Tile) {
        set resp.http.X-Cache = "MISS";
        if (obj.hits > 0) {
            set resp.http.X-Cache = "HIT";
        }
    }
}
