<?php

namespace App\Console\StandIn;

use Illuminate\Console\Command;
use Illuminate\Support\Facades\Redis;

class Terminate extends Command
{
    protected $signature = 'horizon:terminate';

    protected $description = 'Send TERM to the master (stands for laravel/horizon)';

    public function handle()
    {
        $pid = (int) Redis::get('horizon');
        $this->info("Sending TERM Signal To Process: $pid");
        return $pid > 0 && posix_kill($pid, SIGTERM) ? 0 : 1;
    }
}
