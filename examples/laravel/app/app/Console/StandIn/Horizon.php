<?php

namespace App\Console\StandIn;

use Illuminate\Console\Command;
use Illuminate\Support\Facades\Redis;
use Symfony\Component\Process\Process;

/**
 * Stands for `artisan horizon` where the package laravel/horizon can't be installed: a master that keeps workers of
 * the queue running. TERM: they finish their jobs, and the master exits with 0 after them. USR1: they finish their
 * jobs, and new ones start, with the code of now.
 */
class Horizon extends Command
{
    protected $signature = 'horizon';

    protected $description = 'Start a master supervisor in the foreground (stands for laravel/horizon)';

    private $workers = [];

    private $ends = false;

    public function handle()
    {
        pcntl_async_signals(true);
        pcntl_signal(SIGTERM, function () {
            $this->ends = true;
            $this->tell();
        });
        pcntl_signal(SIGUSR1, fn () => $this->tell());
        $this->info('Horizon started successfully.');
        while (! $this->ends) {
            Redis::setex('horizon', 15, getmypid());
            $this->workers = array_filter($this->workers, fn ($worker) => $worker->isRunning());
            while (! $this->ends && count($this->workers) < config('horizon.defaults.supervisor-1.maxProcesses')) {
                $this->workers[] = $this->start();
            }
            usleep(200000);
        }
        Redis::del('horizon');
        foreach ($this->workers as $worker) {
            $worker->wait();
        }
    }

    private function start()
    {
        $worker = new Process([PHP_BINARY, 'artisan', 'queue:work', 'redis', '--sleep=1', '--tries=1'], base_path(), null, null, null);
        $worker->start(fn ($_, $text) => $this->output->write($text));
        return $worker;
    }

    private function tell()
    {
        foreach ($this->workers as $worker) {
            $worker->isRunning() && $worker->signal(SIGTERM);
        }
    }
}
