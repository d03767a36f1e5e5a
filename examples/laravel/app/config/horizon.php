<?php

return [
    'use' => 'default',
    'prefix' => 'horizon:',
    'path' => 'horizon',
    'middleware' => [],
    'waits' => ['redis:default' => 60],
    'trim' => ['recent' => 60, 'pending' => 60, 'completed' => 60, 'recent_failed' => 10080, 'failed' => 10080, 'monitored' => 10080],
    'metrics' => ['trim_snapshots' => ['job' => 24, 'queue' => 24]],
    'fast_termination' => false,
    'memory_limit' => 64,
    'defaults' => [
        'supervisor-1' => [
            'connection' => 'redis', 'queue' => ['default'], 'balance' => 'simple',
            'maxProcesses' => 2, 'minProcesses' => 2, 'memory' => 128, 'tries' => 1, 'timeout' => 3600, 'sleep' => 1,
        ],
    ],
    'environments' => ['production' => ['supervisor-1' => ['maxProcesses' => 2]]],
];
