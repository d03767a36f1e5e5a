<?php

namespace App\Console\StandIn;

use Illuminate\Console\Command;
use Illuminate\Support\Facades\Redis;

class Status extends Command
{
    protected $signature = 'horizon:status';

    protected $description = 'Exit with 0 if a master runs, and with 2 if not (stands for laravel/horizon)';

    public function handle()
    {
        $runs = Redis::get('horizon');
        $this->info($runs ? 'Horizon is running.' : 'Horizon is inactive.');
        return $runs ? 0 : 2;
    }
}
