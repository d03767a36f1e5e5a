<?php

return [
    'default' => 'none',
    'connections' => [],
    'redis' => [
        'client' => 'phpredis',
        'options' => ['prefix' => 'shop:'],
        'default' => ['host' => env('REDIS_HOST', '/run/redis/redis.sock'), 'port' => env('REDIS_PORT', 0), 'database' => 0],
    ],
];
