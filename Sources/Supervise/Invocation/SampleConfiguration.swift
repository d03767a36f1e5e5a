/// What `echo_supervisord_conf` prints: a configuration to begin with.
enum SampleConfiguration {
    static let text = """
        ; A configuration to begin with. Keys in comments show their defaults, or an example.
        ; Comments after a value begin with white space and a semicolon. Values may use %(here)s (the folder of this file)
        ; and %(ENV_NAME)s (the environment). Sizes take KB, MB and GB.

        [unix_http_server]
        file=/tmp/supervisor.sock   ; where clients connect
        ;chmod=0700                 ; who may: mode of the socket
        ;chown=nobody:nogroup       ; and its owner
        ;username=user              ; default: no user name
        ;password=123               ; default: no password

        ;[inet_http_server]         ; a TCP server, off by default
        ;port=127.0.0.1:9001
        ;username=user
        ;password=123

        [supervisord]
        logfile=/tmp/supervisord.log ; /dev/stdout in a container
        ;logfile_maxbytes=50MB      ; 0: no rotation
        ;logfile_backups=10
        ;loglevel=info              ; critical, error, warn, info, debug, trace, blather
        pidfile=/tmp/supervisord.pid
        nodaemon=false              ; true in a container
        ;silent=false               ; true: nothing on stdout
        ;minfds=1024
        ;minprocs=200
        ;umask=022
        ;user=supervisord           ; needed only when started as root
        ;identifier=supervisor
        ;directory=/tmp
        ;nocleanup=false
        ;childlogdir=/tmp
        ;environment=KEY="value"
        ;strip_ansi=false

        [rpcinterface:supervisor]
        supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

        [supervisorctl]
        serverurl=unix:///tmp/supervisor.sock
        ;username=user
        ;password=123
        ;prompt=supervisor
        ;history_file=~/.sc_history

        ;[program:example]
        ;command=/bin/cat           ; the program; it stays in the foreground
        ;process_name=%(program_name)s
        ;numprocs=1
        ;directory=/tmp
        ;umask=022
        ;priority=999               ; lower starts earlier and stops later
        ;autostart=true
        ;startsecs=1                ; up for so long: it runs
        ;startretries=3
        ;autorestart=unexpected     ; true, false, unexpected
        ;exitcodes=0                ; what is expected
        ;stopsignal=TERM
        ;stopwaitsecs=10            ; then KILL
        ;stopasgroup=false
        ;killasgroup=false
        ;user=nobody
        ;redirect_stderr=false
        ;stdout_logfile=AUTO        ; a path, /dev/stdout, NONE
        ;stdout_logfile_maxbytes=50MB
        ;stdout_logfile_backups=10
        ;stdout_capture_maxbytes=0
        ;stdout_events_enabled=false
        ;stderr_logfile=AUTO
        ;stderr_logfile_maxbytes=50MB
        ;stderr_logfile_backups=10
        ;stderr_capture_maxbytes=0
        ;stderr_events_enabled=false
        ;environment=A="1",B="2"
        ;serverurl=AUTO

        ;[eventlistener:example]
        ;command=/bin/listener
        ;events=PROCESS_STATE
        ;buffer_size=10

        ;[group:example]
        ;programs=one,two
        ;priority=999

        ;[include]
        ;files = conf.d/*.conf

        """
}
