<?php

namespace App\Console;

use App\Jobs\Invoice;
use Illuminate\Console\Scheduling\Schedule;
use Illuminate\Foundation\Console\Kernel as ConsoleKernel;

class Kernel extends ConsoleKernel
{
    protected function schedule(Schedule $schedule)
    {
        $schedule->job(new Invoice(0))->everyMinute();
    }

    protected function commands()
    {
        // Only without the package: see README.md.
        if (! class_exists(\Laravel\Horizon\Horizon::class)) {
            $this->commands = [StandIn\Horizon::class, StandIn\Status::class, StandIn\Terminate::class];
        }
    }
}
