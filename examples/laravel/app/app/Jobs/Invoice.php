<?php

namespace App\Jobs;

use Illuminate\Bus\Queueable;
use Illuminate\Contracts\Queue\ShouldQueue;
use Illuminate\Foundation\Bus\Dispatchable;
use Illuminate\Queue\InteractsWithQueue;
use Illuminate\Support\Facades\Redis;

/** Takes as long as it is told to. */
class Invoice implements ShouldQueue
{
    use Dispatchable, InteractsWithQueue, Queueable;

    public $seconds;

    public function __construct($seconds)
    {
        $this->seconds = $seconds;
    }

    public function handle()
    {
        // A signal ends a sleep, but not the work.
        for ($end = microtime(true) + $this->seconds; microtime(true) < $end;) {
            usleep(50000);
        }
        Redis::incr('done');
    }
}
